package io.tilefold.serving;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The q of each row of a request. Immutable. */
final class Moments {
    /** 0001-01-01 and 9999-12-31: the years Spark SQL knows. */
    private static final long MIN_MS = -62_135_596_800_000L;

    private static final long MAX_MS = 253_402_300_799_999L;

    private final long @Nullable [] ofRows;
    private final boolean given;
    private final long shared;

    private Moments(long @Nullable [] ofRows, boolean given, long shared) {
        this.ofRows = ofRows;
        this.given = given;
        this.shared = shared;
    }

    /**
     * @param nowMs the node's clock, read once
     * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT naming the field
     */
    static Moments of(FetchMessage request, long nowMs) {
        long[] ofRows = request.rowAsOfMs();
        if (ofRows != null && ofRows.length > 0) {
            checkRows(ofRows, request.rowCount());
        } else {
            ofRows = null;
        }
        OptionalLong asOfMs = request.asOfMs();
        if (asOfMs.isPresent()) {
            check("as_of_ms", asOfMs.getAsLong());
        }
        return new Moments(ofRows, ofRows != null || asOfMs.isPresent(), asOfMs.orElse(nowMs));
    }

    private static void checkRows(long[] ofRows, int rows) {
        if (ofRows.length != rows) {
            throw Errors.invalid(
                    "AS_OF_LENGTH",
                    "row_as_of_ms",
                    ofRows.length + " moments, row_count is " + rows,
                    "give none or one per row");
        }
        for (int i = 0; i < ofRows.length; i++) {
            if (!isInRange(ofRows[i])) {
                check("row_as_of_ms[" + i + "]", ofRows[i]);
            }
        }
    }

    private static void check(String field, long q) {
        if (!isInRange(q)) {
            throw Errors.invalid(
                    "AS_OF_RANGE",
                    field,
                    q + " is no time in the years 1 to 9999",
                    "times are epoch milliseconds, UTC: not seconds, not microseconds");
        }
    }

    private static boolean isInRange(long q) {
        return q >= MIN_MS && q <= MAX_MS;
    }

    /** As another node read them from a request, and checked them. */
    static Moments ofPeer(long @Nullable [] ofRows, boolean given, long shared) {
        return new Moments(ofRows, given, shared);
    }

    /** True if rows have a q of their own. */
    boolean isPerRow() {
        return ofRows != null;
    }

    /** True if the caller gave them; else they are the clock's. */
    boolean isGiven() {
        return given;
    }

    /** The q of rows without their own. */
    long shared() {
        return shared;
    }

    long of(int row) {
        return ofRows == null ? shared : ofRows[row];
    }
}
