CREATE TABLE "chat_conversations" (
  "id" bigint PRIMARY KEY NOT NULL,
  "key" text NOT NULL,
  "first" text NOT NULL,
  "second" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chat_messages" (
  "conversation" bigint NOT NULL,
  "seq" bigint NOT NULL,
  "id" text NOT NULL,
  "sender" text NOT NULL,
  "client_id" text NOT NULL,
  "text" text NOT NULL,
  "time" timestamp (3) with time zone NOT NULL,
  CONSTRAINT "chat_messages_position" PRIMARY KEY("conversation","seq")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "chat_conversations_key" ON "chat_conversations" USING btree ("key");
--> statement-breakpoint
CREATE INDEX "chat_conversations_first" ON "chat_conversations" USING btree ("first");
--> statement-breakpoint
CREATE INDEX "chat_conversations_second" ON "chat_conversations" USING btree ("second");
--> statement-breakpoint
CREATE UNIQUE INDEX "chat_messages_once" ON "chat_messages" USING btree ("conversation","sender","client_id");
