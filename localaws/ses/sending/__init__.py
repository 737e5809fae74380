"""What SES does with a message: who may send it, what is rewritten, who signs it, where it goes."""
