CREATE TABLE `auth_users` (
  `id` text PRIMARY KEY NOT NULL,
  `name` text NOT NULL,
  `login` text,
  `password_hash` text,
  `guest` integer NOT NULL,
  `issuer` text,
  `subject` text,
  `created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `auth_users_login` ON `auth_users` (`login`);
--> statement-breakpoint
CREATE UNIQUE INDEX `auth_users_external` ON `auth_users` (`issuer`,`subject`);
--> statement-breakpoint
CREATE TABLE `auth_sessions` (
  `id` text PRIMARY KEY NOT NULL,
  `user_id` text NOT NULL,
  `refresh_hash` text,
  `generation` integer NOT NULL,
  `rotated_at` integer NOT NULL,
  `host_sid` text,
  `device` text NOT NULL,
  `created_at` integer NOT NULL,
  `last_seen_at` integer NOT NULL,
  `expires_at` integer NOT NULL,
  `revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `auth_sessions_host` ON `auth_sessions` (`user_id`,`host_sid`);
--> statement-breakpoint
CREATE INDEX `auth_sessions_expires` ON `auth_sessions` (`expires_at`);
--> statement-breakpoint
CREATE INDEX `auth_sessions_revoked` ON `auth_sessions` (`revoked_at`);
--> statement-breakpoint
CREATE TABLE `auth_used_tickets` (
  `id` text PRIMARY KEY NOT NULL,
  `expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `auth_used_tickets_expires` ON `auth_used_tickets` (`expires_at`);
--> statement-breakpoint
CREATE TABLE `auth_keys` (
  `id` text PRIMARY KEY NOT NULL,
  `secret` text NOT NULL,
  `created_at` integer NOT NULL
);
