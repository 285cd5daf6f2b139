CREATE TABLE `chat_conversations` (
  `id` integer PRIMARY KEY NOT NULL,
  `key` text NOT NULL,
  `first` text NOT NULL,
  `second` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `chat_conversations_key` ON `chat_conversations` (`key`);
--> statement-breakpoint
CREATE INDEX `chat_conversations_first` ON `chat_conversations` (`first`);
--> statement-breakpoint
CREATE INDEX `chat_conversations_second` ON `chat_conversations` (`second`);
--> statement-breakpoint
CREATE TABLE `chat_messages` (
  `conversation` integer NOT NULL,
  `seq` integer NOT NULL,
  `id` text NOT NULL,
  `sender` text NOT NULL,
  `client_id` text NOT NULL,
  `text` text NOT NULL,
  `time` integer NOT NULL,
  PRIMARY KEY(`conversation`, `seq`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `chat_messages_once` ON `chat_messages` (`conversation`,`sender`,`client_id`);
