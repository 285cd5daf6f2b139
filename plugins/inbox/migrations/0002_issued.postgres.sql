ALTER TABLE "inbox_heads" ADD COLUMN "issued" bigint DEFAULT 0 NOT NULL;
