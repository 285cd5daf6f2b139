CREATE TABLE `chat_groups` (
  `conversation` integer PRIMARY KEY NOT NULL,
  `name` text NOT NULL,
  `notice` text NOT NULL,
  `avatar` text NOT NULL,
  `owner` text NOT NULL,
  `kind` text NOT NULL,
  `joining` text NOT NULL,
  `history` text NOT NULL,
  `size` integer NOT NULL,
  `count` integer NOT NULL,
  `muted_until` integer,
  `created_at` integer NOT NULL,
  `dismissed_at` integer
);
--> statement-breakpoint
CREATE TABLE `chat_members` (
  `user` text NOT NULL,
  `conversation` integer NOT NULL,
  `role` text NOT NULL,
  `since` integer NOT NULL,
  `until` integer,
  `read` integer NOT NULL,
  `delivered` integer NOT NULL,
  `muted_until` integer,
  `settings` text NOT NULL,
  `cleared` integer NOT NULL,
  PRIMARY KEY(`user`, `conversation`)
);
--> statement-breakpoint
CREATE INDEX `chat_members_conversation` ON `chat_members` (`conversation`,`user`);
--> statement-breakpoint
ALTER TABLE `chat_messages` ADD `kind` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE `chat_messages` ADD `target` integer;
--> statement-breakpoint
ALTER TABLE `chat_messages` ADD `extra` text;
--> statement-breakpoint
ALTER TABLE `chat_messages` ADD `edited_at` integer;
--> statement-breakpoint
ALTER TABLE `chat_messages` ADD `recalled_at` integer;
--> statement-breakpoint
INSERT INTO `chat_members` (`user`, `conversation`, `role`, `since`, `read`, `delivered`, `settings`, `cleared`)
SELECT `first`, `id`, 'member', 0, 0, 0, '{}', 0 FROM `chat_conversations`
UNION
SELECT `second`, `id`, 'member', 0, 0, 0, '{}', 0 FROM `chat_conversations`;
