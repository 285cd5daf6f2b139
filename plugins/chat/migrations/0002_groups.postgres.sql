CREATE TABLE "chat_groups" (
  "conversation" bigint PRIMARY KEY NOT NULL,
  "name" text NOT NULL,
  "notice" text NOT NULL,
  "avatar" text NOT NULL,
  "owner" text NOT NULL,
  "kind" text NOT NULL,
  "joining" text NOT NULL,
  "history" text NOT NULL,
  "size" bigint NOT NULL,
  "count" bigint NOT NULL,
  "muted_until" timestamp (3) with time zone,
  "created_at" timestamp (3) with time zone NOT NULL,
  "dismissed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "chat_members" (
  "user" text NOT NULL,
  "conversation" bigint NOT NULL,
  "role" text NOT NULL,
  "since" bigint NOT NULL,
  "until" bigint,
  "read" bigint NOT NULL,
  "delivered" bigint NOT NULL,
  "muted_until" timestamp (3) with time zone,
  "settings" jsonb NOT NULL,
  "cleared" bigint NOT NULL,
  CONSTRAINT "chat_members_pair" PRIMARY KEY("user","conversation")
);
--> statement-breakpoint
ALTER TABLE "chat_messages" ADD COLUMN "kind" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "chat_messages" ADD COLUMN "target" bigint;
--> statement-breakpoint
ALTER TABLE "chat_messages" ADD COLUMN "extra" jsonb;
--> statement-breakpoint
ALTER TABLE "chat_messages" ADD COLUMN "edited_at" timestamp (3) with time zone;
--> statement-breakpoint
ALTER TABLE "chat_messages" ADD COLUMN "recalled_at" timestamp (3) with time zone;
--> statement-breakpoint
CREATE INDEX "chat_members_conversation" ON "chat_members" USING btree ("conversation","user");
--> statement-breakpoint
INSERT INTO "chat_members" ("user", "conversation", "role", "since", "read", "delivered", "settings", "cleared")
SELECT "first", "id", 'member', 0, 0, 0, '{}'::jsonb, 0 FROM "chat_conversations"
UNION
SELECT "second", "id", 'member', 0, 0, 0, '{}'::jsonb, 0 FROM "chat_conversations";
