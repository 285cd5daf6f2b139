CREATE TABLE "chat_docs" (
  "n" bigint PRIMARY KEY NOT NULL,
  "conversation" bigint NOT NULL,
  "seq" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chat_cursors" (
  "conversation" bigint PRIMARY KEY NOT NULL,
  "seq" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chat_epochs" (
  "id" bigint PRIMARY KEY NOT NULL,
  "epoch" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chat_words" (
  "rowid" bigint PRIMARY KEY NOT NULL,
  "words" tsvector NOT NULL
);
--> statement-breakpoint
CREATE INDEX "chat_words_words" ON "chat_words" USING gin ("words");
--> statement-breakpoint
CREATE INDEX "chat_messages_time" ON "chat_messages" USING brin ("time") WITH (autosummarize = on);
