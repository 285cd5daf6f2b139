CREATE TABLE `auth_disabled` (
  `user_id` text PRIMARY KEY NOT NULL,
  `time` integer NOT NULL
);
