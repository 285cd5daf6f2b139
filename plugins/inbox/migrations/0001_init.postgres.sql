CREATE TABLE "inbox_heads" (
  "user" text PRIMARY KEY NOT NULL,
  "position" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "inbox_entries" (
  "user" text NOT NULL,
  "kind" text NOT NULL,
  "key" text NOT NULL,
  "position" bigint NOT NULL,
  CONSTRAINT "inbox_entries_thing" PRIMARY KEY("user","kind","key")
);
--> statement-breakpoint
CREATE TABLE "inbox_epochs" (
  "id" bigint PRIMARY KEY NOT NULL,
  "epoch" text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "inbox_entries_position" ON "inbox_entries" USING btree ("user","position");
