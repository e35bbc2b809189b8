# One option, two values.
exhibit list a.exhibit --phase Failed --phase Completed
