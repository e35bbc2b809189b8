# A value that is nearly one of those there are.
exhibit list a.exhibit --phase Faild
