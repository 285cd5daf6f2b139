CREATE TABLE "guestbook_entries" (
  "id" text PRIMARY KEY NOT NULL,
  "author" text NOT NULL,
  "name" text NOT NULL,
  "text" text NOT NULL,
  "time" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "guestbook_entries_time" ON "guestbook_entries" USING btree ("time");
