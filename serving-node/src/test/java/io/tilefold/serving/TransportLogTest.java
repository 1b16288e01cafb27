package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** Answers that nobody waits for are not told; all else that the transport has to say is. */
class TransportLogTest {
    private static final class Told extends Handler {
        private final List<String> messages = new ArrayList<>();

        @Override
        public void publish(LogRecord told) {
            messages.add(told.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    @Test
    void onlyUnwantedAnswersAreLeftOut() throws ReflectiveOperationException {
        Class.forName(TransportLog.NAME); // the transport's class still has this name
        Logger transport = Logger.getLogger(TransportLog.NAME);
        Told told = new Told();
        transport.addHandler(told);
        try {
            TransportLog.leaveOutUnwantedAnswers();
            TransportLog.leaveOutUnwantedAnswers();
            transport.log(Level.WARNING, TransportLog.STREAM_ERROR, new IllegalStateException("its caller has gone"));
            transport.log(Level.WARNING, "Exception in onHeadersRead()");
        } finally {
            transport.removeHandler(told);
        }
        assertThat(told.messages).containsExactly("Exception in onHeadersRead()");
    }
}
