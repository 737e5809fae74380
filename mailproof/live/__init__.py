"""What is: facts read from SES and DNS, each an answer, an absence or a question that nobody answered."""
