CREATE TABLE "contacts_relations" (
  "user" text NOT NULL,
  "other" text NOT NULL,
  "since" timestamp (3) with time zone,
  "remark" text,
  "blocked_at" timestamp (3) with time zone,
  "requested_at" timestamp (3) with time zone,
  "note" text,
  CONSTRAINT "contacts_relations_pair" PRIMARY KEY("user","other")
);
--> statement-breakpoint
CREATE TABLE "contacts_settings" (
  "user" text PRIMARY KEY NOT NULL,
  "who_may_write" text NOT NULL
);
--> statement-breakpoint
CREATE INDEX "contacts_relations_outgoing" ON "contacts_relations" USING btree ("user","requested_at");
--> statement-breakpoint
CREATE INDEX "contacts_relations_incoming" ON "contacts_relations" USING btree ("other","requested_at");
