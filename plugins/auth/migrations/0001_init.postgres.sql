CREATE TABLE "auth_users" (
  "id" text PRIMARY KEY NOT NULL,
  "name" text NOT NULL,
  "login" text,
  "password_hash" text,
  "guest" boolean NOT NULL,
  "issuer" text,
  "subject" text,
  "created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "auth_sessions" (
  "id" text PRIMARY KEY NOT NULL,
  "user_id" text NOT NULL,
  "refresh_hash" text,
  "generation" bigint NOT NULL,
  "rotated_at" timestamp (3) with time zone NOT NULL,
  "host_sid" text,
  "device" text NOT NULL,
  "created_at" timestamp (3) with time zone NOT NULL,
  "last_seen_at" timestamp (3) with time zone NOT NULL,
  "expires_at" timestamp (3) with time zone NOT NULL,
  "revoked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "auth_used_tickets" (
  "id" text PRIMARY KEY NOT NULL,
  "expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "auth_keys" (
  "id" text PRIMARY KEY NOT NULL,
  "secret" text NOT NULL,
  "created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "auth_users_login" ON "auth_users" USING btree ("login");
--> statement-breakpoint
CREATE UNIQUE INDEX "auth_users_external" ON "auth_users" USING btree ("issuer","subject");
--> statement-breakpoint
CREATE UNIQUE INDEX "auth_sessions_host" ON "auth_sessions" USING btree ("user_id","host_sid");
--> statement-breakpoint
CREATE INDEX "auth_sessions_expires" ON "auth_sessions" USING btree ("expires_at");
--> statement-breakpoint
CREATE INDEX "auth_sessions_revoked" ON "auth_sessions" USING btree ("revoked_at");
--> statement-breakpoint
CREATE INDEX "auth_used_tickets_expires" ON "auth_used_tickets" USING btree ("expires_at");
