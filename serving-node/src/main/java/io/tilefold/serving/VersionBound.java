package io.tilefold.serving;

/**
 * Which base version of a GroupBy a request wants.
 *
 * @param orOlder an older one will do; else exactly this
 */
record VersionBound(String groupBy, long version, boolean orOlder) {
    boolean admits(long candidate) {
        return orOlder ? candidate <= version : candidate == version;
    }
}
