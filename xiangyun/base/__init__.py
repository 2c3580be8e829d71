"""What has no domain: errors, words, time, ids, paths, paging."""
