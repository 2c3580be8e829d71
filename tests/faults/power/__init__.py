"""The laboratory of the power cut: a machine in user-mode Linux (`machine`), what runs inside (`guest`), the count."""
