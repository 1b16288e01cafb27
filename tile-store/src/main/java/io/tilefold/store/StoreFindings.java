package io.tilefold.store;

import java.util.List;

/**
 * What {@link StoreInspector#verify} found.
 *
 * @param bytes read
 * @param busy live records that the writer changed during every one of many tries: not checked
 * @param problems in the order they were met, at most {@value #PROBLEMS_MAX}
 */
public record StoreFindings(
        int files, long bytes, long baseRecords, long liveRecords, long busy, List<Problem> problems) {
    static final int PROBLEMS_MAX = 100;

    /** @param what names the file and the offset */
    public record Problem(String file, String what) {}

    public boolean isSound() {
        return problems.isEmpty();
    }
}
