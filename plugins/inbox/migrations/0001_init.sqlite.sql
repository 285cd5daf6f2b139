CREATE TABLE `inbox_heads` (
  `user` text PRIMARY KEY NOT NULL,
  `position` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `inbox_entries` (
  `user` text NOT NULL,
  `kind` text NOT NULL,
  `key` text NOT NULL,
  `position` integer NOT NULL,
  PRIMARY KEY(`user`, `kind`, `key`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `inbox_entries_position` ON `inbox_entries` (`user`,`position`);
--> statement-breakpoint
CREATE TABLE `inbox_epochs` (
  `id` integer PRIMARY KEY NOT NULL,
  `epoch` text NOT NULL
);
