CREATE TABLE "chat_pins" (
  "conversation" bigint NOT NULL,
  "seq" bigint NOT NULL,
  CONSTRAINT "chat_pins_position" PRIMARY KEY("conversation","seq")
);
