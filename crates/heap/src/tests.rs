//! Tests of values, counts and the collector.
