"""The numbers behind the pictures: one file per idea, plain functions from captures to Infos."""
