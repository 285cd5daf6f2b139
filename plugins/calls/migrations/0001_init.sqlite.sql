CREATE TABLE `calls_calls` (
  `id` text PRIMARY KEY NOT NULL,
  `caller` text NOT NULL,
  `client_id` text NOT NULL,
  `callee` text NOT NULL,
  `is_open` integer NOT NULL,
  `state` text NOT NULL,
  `entry` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `calls_calls_client` ON `calls_calls` (`caller`,`client_id`);
--> statement-breakpoint
CREATE INDEX `calls_calls_open` ON `calls_calls` (`is_open`,`callee`);
--> statement-breakpoint
CREATE TABLE `calls_people` (
  `user` text NOT NULL,
  `call` text NOT NULL,
  `started_at` integer NOT NULL,
  `is_open` integer NOT NULL,
  PRIMARY KEY(`user`, `call`)
);
--> statement-breakpoint
CREATE INDEX `calls_people_list` ON `calls_people` (`user`,`started_at`);
--> statement-breakpoint
CREATE INDEX `calls_people_open` ON `calls_people` (`is_open`,`user`);
--> statement-breakpoint
CREATE TABLE `calls_reports` (
  `call` text NOT NULL,
  `user` text NOT NULL,
  `device` text NOT NULL,
  `report` text NOT NULL,
  `time` integer NOT NULL,
  PRIMARY KEY(`call`, `user`, `device`)
);
--> statement-breakpoint
CREATE INDEX `calls_reports_time` ON `calls_reports` (`time`);
