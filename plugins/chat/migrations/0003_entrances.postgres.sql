CREATE TABLE "chat_links" (
  "code" text PRIMARY KEY NOT NULL,
  "conversation" bigint NOT NULL,
  "maker" text NOT NULL,
  "created_at" timestamp (3) with time zone NOT NULL,
  "expires_at" timestamp (3) with time zone,
  "uses" bigint,
  "used" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chat_applications" (
  "conversation" bigint NOT NULL,
  "user" text NOT NULL,
  "note" text NOT NULL,
  "time" timestamp (3) with time zone NOT NULL,
  "rejected_at" timestamp (3) with time zone,
  CONSTRAINT "chat_applications_pair" PRIMARY KEY("conversation","user")
);
--> statement-breakpoint
CREATE TABLE "chat_bans" (
  "conversation" bigint NOT NULL,
  "user" text NOT NULL,
  "by" text NOT NULL,
  "time" timestamp (3) with time zone NOT NULL,
  CONSTRAINT "chat_bans_pair" PRIMARY KEY("conversation","user")
);
--> statement-breakpoint
ALTER TABLE "chat_groups" ADD COLUMN "inviting" text DEFAULT 'members' NOT NULL;
--> statement-breakpoint
CREATE INDEX "chat_links_conversation" ON "chat_links" USING btree ("conversation","maker");
--> statement-breakpoint
CREATE INDEX "chat_applications_user" ON "chat_applications" USING btree ("user","conversation");
