package io.tilefold.batch.analyze;

/**
 * What one check found.
 *
 * @param subject what was checked: {@code "GroupBy route, table flights"}
 * @param check columns, partitions, time, keys, key types or schema
 * @param message what is so, with numbers; what to do where it is not well
 */
record Finding(Verdict verdict, String subject, String check, String message) {
    /** How bad it is, best first. */
    enum Verdict {
        OK,
        /** The run ends, and its values may be other than expected. */
        WARNING,
        /** The run fails, or its values are wrong. */
        ERROR
    }
}
