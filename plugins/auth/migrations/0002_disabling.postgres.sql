CREATE TABLE "auth_disabled" (
  "user_id" text PRIMARY KEY NOT NULL,
  "time" timestamp (3) with time zone NOT NULL
);
