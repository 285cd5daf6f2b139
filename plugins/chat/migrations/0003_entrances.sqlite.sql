CREATE TABLE `chat_links` (
  `code` text PRIMARY KEY NOT NULL,
  `conversation` integer NOT NULL,
  `maker` text NOT NULL,
  `created_at` integer NOT NULL,
  `expires_at` integer,
  `uses` integer,
  `used` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `chat_links_conversation` ON `chat_links` (`conversation`,`maker`);
--> statement-breakpoint
CREATE TABLE `chat_applications` (
  `conversation` integer NOT NULL,
  `user` text NOT NULL,
  `note` text NOT NULL,
  `time` integer NOT NULL,
  `rejected_at` integer,
  PRIMARY KEY(`conversation`, `user`)
);
--> statement-breakpoint
CREATE INDEX `chat_applications_user` ON `chat_applications` (`user`,`conversation`);
--> statement-breakpoint
CREATE TABLE `chat_bans` (
  `conversation` integer NOT NULL,
  `user` text NOT NULL,
  `by` text NOT NULL,
  `time` integer NOT NULL,
  PRIMARY KEY(`conversation`, `user`)
);
--> statement-breakpoint
ALTER TABLE `chat_groups` ADD `inviting` text DEFAULT 'members' NOT NULL;
