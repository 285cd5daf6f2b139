CREATE TABLE "calls_calls" (
  "id" text PRIMARY KEY NOT NULL,
  "caller" text NOT NULL,
  "client_id" text NOT NULL,
  "callee" text NOT NULL,
  "is_open" boolean NOT NULL,
  "state" jsonb NOT NULL,
  "entry" bigint
);
--> statement-breakpoint
CREATE TABLE "calls_people" (
  "user" text NOT NULL,
  "call" text NOT NULL,
  "started_at" timestamp (3) with time zone NOT NULL,
  "is_open" boolean NOT NULL,
  CONSTRAINT "calls_people_pair" PRIMARY KEY("user","call")
);
--> statement-breakpoint
CREATE TABLE "calls_reports" (
  "call" text NOT NULL,
  "user" text NOT NULL,
  "device" text NOT NULL,
  "report" jsonb NOT NULL,
  "time" timestamp (3) with time zone NOT NULL,
  CONSTRAINT "calls_reports_one" PRIMARY KEY("call","user","device")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "calls_calls_client" ON "calls_calls" USING btree ("caller","client_id");
--> statement-breakpoint
CREATE INDEX "calls_calls_open" ON "calls_calls" USING btree ("is_open","callee");
--> statement-breakpoint
CREATE INDEX "calls_people_list" ON "calls_people" USING btree ("user","started_at");
--> statement-breakpoint
CREATE INDEX "calls_people_open" ON "calls_people" USING btree ("is_open","user");
--> statement-breakpoint
CREATE INDEX "calls_reports_time" ON "calls_reports" USING btree ("time");
