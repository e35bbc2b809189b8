# A verb that was given no file.
exhibit list
