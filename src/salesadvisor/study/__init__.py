"""What does history say? Questions asked of many deals at many moments."""
