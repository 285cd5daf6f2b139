CREATE TABLE `contacts_relations` (
  `user` text NOT NULL,
  `other` text NOT NULL,
  `since` integer,
  `remark` text,
  `blocked_at` integer,
  `requested_at` integer,
  `note` text,
  PRIMARY KEY(`user`, `other`)
);
--> statement-breakpoint
CREATE INDEX `contacts_relations_outgoing` ON `contacts_relations` (`user`,`requested_at`);
--> statement-breakpoint
CREATE INDEX `contacts_relations_incoming` ON `contacts_relations` (`other`,`requested_at`);
--> statement-breakpoint
CREATE TABLE `contacts_settings` (
  `user` text PRIMARY KEY NOT NULL,
  `who_may_write` text NOT NULL
);
