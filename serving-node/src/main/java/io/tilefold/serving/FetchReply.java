package io.tilefold.serving;

/**
 * Where the answer of one fetch goes. Exactly one of {@link #send} and {@link #fail} is called, by whichever thread has the fetch; where it is tried to answer it at once
 * ({@link FetchEngine#answerNow}), {@link #send} or none.
 */
interface FetchReply extends Caller {
    /** Writes what stands before the answer's bytes. */
    void begin(WireBuffer out);

    /** Sends what was written since {@link #begin}; the buffer is the caller's again when this returns. */
    void send(WireBuffer out);
}
