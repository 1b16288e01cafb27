package io.tilefold.store;

import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.UnsafeApi;

/**
 * Cache lines of mapped memory that will be read soon: first all are named, then all are read at once, so that their ways from memory overlap.
 *
 * <p>A processor goes on behind a load that waits only as far as it can keep the instructions that it has not finished, some hundreds. So what counts is how many
 * instructions there are for each line: one load and one addition here, without a check, since all checks were made when the line was named. What is read decides nothing and may be torn.
 *
 * <p>The mappings named must stay until {@link #touch}. Holds as many addresses as were ever named at a time, at most some dozens for each GroupBy of a request. Confined
 * to one thread.
 */
public final class LinesAhead {
    private static final int LINE_LENGTH = 64;

    /** What is read of a record that will be folded: as much as most records are long. Bytes. */
    static final int RECORD_LENGTH = 9 * LINE_LENGTH;

    private static final int CAPACITY = 64;

    private long[] words = new long[CAPACITY];
    private long[] records = new long[CAPACITY];
    private int wordCount;
    private int recordCount;

    /** The sum of what was read, so that the compiler cannot leave the reads out. */
    long read;

    /** Names the line of a word. */
    void addWord(DirectBuffer buffer, int offset) {
        if (isMapped(buffer) && offset >= 0 && offset <= buffer.capacity() - Long.BYTES) {
            if (wordCount == words.length) {
                words = Arrays.copyOf(words, 2 * wordCount);
            }
            words[wordCount++] = buffer.addressOffset() + offset;
        }
    }

    /** Names the lines of a record's first {@value #RECORD_LENGTH} bytes; where the buffer ends before, of its last. A buffer that is no longer than a record is near anyway. */
    void addRecord(DirectBuffer buffer, int offset) {
        int start = Math.min(offset, buffer.capacity() - RECORD_LENGTH);
        if (start >= 0 && isMapped(buffer)) {
            if (recordCount == records.length) {
                records = Arrays.copyOf(records, 2 * recordCount);
            }
            records[recordCount++] = buffer.addressOffset() + start;
        }
    }

    /** Names what a step reads of a record. */
    void add(LookAhead step, DirectBuffer buffer, int record) {
        if (step == LookAhead.RECORDS) {
            addRecord(buffer, record);
        } else {
            addWord(buffer, record);
        }
    }

    /** Bytes on the heap have no address to keep. */
    private static boolean isMapped(DirectBuffer buffer) {
        return buffer.byteArray() == null;
    }

    /** Forgets what was named: before the first line of a turn, since an error may have ended the turn before it. */
    public void forget() {
        wordCount = 0;
        recordCount = 0;
    }

    /**
     * Reads a word of each line named, and forgets them.
     *
     * @throws InternalError if a mapped page cannot be read
     */
    public void touch() {
        int ofWords = wordCount;
        int ofRecords = recordCount;
        forget();
        long sum = 0;
        for (int i = 0; i < ofWords; i++) {
            sum += UnsafeApi.getLong(words[i]);
        }
        for (int i = 0; i < ofRecords; i++) {
            long record = records[i];
            sum += UnsafeApi.getLong(record)
                    + UnsafeApi.getLong(record + LINE_LENGTH)
                    + UnsafeApi.getLong(record + 2 * LINE_LENGTH)
                    + UnsafeApi.getLong(record + 3 * LINE_LENGTH)
                    + UnsafeApi.getLong(record + 4 * LINE_LENGTH)
                    + UnsafeApi.getLong(record + 5 * LINE_LENGTH)
                    + UnsafeApi.getLong(record + 6 * LINE_LENGTH)
                    + UnsafeApi.getLong(record + 7 * LINE_LENGTH)
                    + UnsafeApi.getLong(record + 8 * LINE_LENGTH);
        }
        read += sum;
    }
}
