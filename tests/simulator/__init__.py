"""The stand-in keeps WeChat's rules: each test is one of them."""
