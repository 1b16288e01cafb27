package io.tilefold.serving;

import io.tilefold.core.time.Hop;
import io.tilefold.proto.serving.v1.FetchRequest;

/** The q of each row of a request. Immutable. */
final class Moments {
    /** 0001-01-01 and 9999-12-31: the years Spark SQL knows. */
    private static final long MIN_MS = -62_135_596_800_000L;

    private static final long MAX_MS = 253_402_300_799_999L;

    private final FetchRequest request;
    private final boolean perRow;
    private final long shared;

    private Moments(FetchRequest request, long shared) {
        this.request = request;
        this.perRow = request.getRowAsOfMsCount() > 0;
        this.shared = shared;
    }

    /**
     * @param nowMs the node's clock, read once
     * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT naming the field
     */
    static Moments of(FetchRequest request, long nowMs) {
        int count = request.getRowAsOfMsCount();
        if (count > 0 && count != request.getRowCount()) {
            throw Errors.invalid(
                    "AS_OF_LENGTH",
                    "row_as_of_ms",
                    count + " moments, row_count is " + request.getRowCount(),
                    "give none or one per row");
        }
        for (int i = 0; i < count; i++) {
            check("row_as_of_ms[" + i + "]", request.getRowAsOfMs(i));
        }
        if (request.hasAsOfMs()) {
            check("as_of_ms", request.getAsOfMs());
        }
        return new Moments(request, request.hasAsOfMs() ? request.getAsOfMs() : nowMs);
    }

    private static void check(String field, long q) {
        if (q < MIN_MS || q > MAX_MS) {
            throw Errors.invalid(
                    "AS_OF_RANGE",
                    field,
                    q + " is no time in the years 1 to 9999",
                    "times are epoch milliseconds, UTC: not seconds, not microseconds");
        }
    }

    /** The q of rows without their own. */
    long shared() {
        return shared;
    }

    long of(int row) {
        return perRow ? request.getRowAsOfMs(row) : shared;
    }

    /** True where q was given and lies inside a 5-minute tile, so that the tile may hold events at or after it. */
    boolean isGivenOffGrid(int row) {
        boolean given = perRow || request.hasAsOfMs();
        return given && Math.floorMod(of(row), Hop.FIVE_MINUTES.lengthMs()) != 0;
    }
}
