CREATE TABLE `chat_docs` (
  `n` integer PRIMARY KEY NOT NULL,
  `conversation` integer NOT NULL,
  `seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `chat_cursors` (
  `conversation` integer PRIMARY KEY NOT NULL,
  `seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `chat_epochs` (
  `id` integer PRIMARY KEY NOT NULL,
  `epoch` text NOT NULL
);
--> statement-breakpoint
CREATE VIRTUAL TABLE `chat_words` USING fts5(words, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '_'");
