ALTER TABLE `inbox_heads` ADD `issued` integer DEFAULT 0 NOT NULL;
