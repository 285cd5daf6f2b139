CREATE TABLE `chat_hidden` (
  `user` text NOT NULL,
  `conversation` integer NOT NULL,
  `seq` integer NOT NULL,
  PRIMARY KEY(`user`, `conversation`, `seq`)
);
--> statement-breakpoint
CREATE TABLE `chat_mentions` (
  `conversation` integer NOT NULL,
  `seq` integer NOT NULL,
  `user` text NOT NULL,
  `sender` text NOT NULL,
  PRIMARY KEY(`conversation`, `user`, `seq`)
);
--> statement-breakpoint
CREATE INDEX `chat_mentions_message` ON `chat_mentions` (`conversation`,`seq`);
--> statement-breakpoint
CREATE TABLE `chat_people` (
  `user` text PRIMARY KEY NOT NULL,
  `receipts` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `chat_members` ADD `silent_until` integer;
--> statement-breakpoint
ALTER TABLE `chat_members` ADD `pinned_at` integer;
--> statement-breakpoint
ALTER TABLE `chat_members` ADD `archived_at` integer;
--> statement-breakpoint
ALTER TABLE `chat_members` ADD `is_marked` integer DEFAULT false NOT NULL;
--> statement-breakpoint
ALTER TABLE `chat_members` ADD `draft` text;
--> statement-breakpoint
ALTER TABLE `chat_members` ADD `draft_reply` integer;
--> statement-breakpoint
ALTER TABLE `chat_members` ADD `draft_at` integer;
