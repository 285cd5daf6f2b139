ALTER TABLE "chat_groups" ADD COLUMN "frozen_at" timestamp (3) with time zone;
