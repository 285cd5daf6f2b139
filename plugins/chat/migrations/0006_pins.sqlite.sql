CREATE TABLE `chat_pins` (
  `conversation` integer NOT NULL,
  `seq` integer NOT NULL,
  PRIMARY KEY(`conversation`, `seq`)
);
