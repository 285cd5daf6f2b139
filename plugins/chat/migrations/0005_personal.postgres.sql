CREATE TABLE "chat_hidden" (
  "user" text NOT NULL,
  "conversation" bigint NOT NULL,
  "seq" bigint NOT NULL,
  CONSTRAINT "chat_hidden_message" PRIMARY KEY("user","conversation","seq")
);
--> statement-breakpoint
CREATE TABLE "chat_mentions" (
  "conversation" bigint NOT NULL,
  "seq" bigint NOT NULL,
  "user" text NOT NULL,
  "sender" text NOT NULL,
  CONSTRAINT "chat_mentions_person" PRIMARY KEY("conversation","user","seq")
);
--> statement-breakpoint
CREATE TABLE "chat_people" (
  "user" text PRIMARY KEY NOT NULL,
  "receipts" boolean NOT NULL
);
--> statement-breakpoint
ALTER TABLE "chat_members" ADD COLUMN "silent_until" timestamp (3) with time zone;
--> statement-breakpoint
ALTER TABLE "chat_members" ADD COLUMN "pinned_at" timestamp (3) with time zone;
--> statement-breakpoint
ALTER TABLE "chat_members" ADD COLUMN "archived_at" timestamp (3) with time zone;
--> statement-breakpoint
ALTER TABLE "chat_members" ADD COLUMN "is_marked" boolean DEFAULT false NOT NULL;
--> statement-breakpoint
ALTER TABLE "chat_members" ADD COLUMN "draft" text;
--> statement-breakpoint
ALTER TABLE "chat_members" ADD COLUMN "draft_reply" bigint;
--> statement-breakpoint
ALTER TABLE "chat_members" ADD COLUMN "draft_at" timestamp (3) with time zone;
--> statement-breakpoint
CREATE INDEX "chat_mentions_message" ON "chat_mentions" USING btree ("conversation","seq");
