"""Sessions in browsers: the cookie that is set at a sign-in, renewed while somebody is there, and dropped."""
