ALTER TABLE `chat_groups` ADD `frozen_at` integer;
