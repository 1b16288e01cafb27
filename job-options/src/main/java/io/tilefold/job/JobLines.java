package io.tilefold.job;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * What a command and the Spark process that it keeps for its jobs say to each other, in lines of UTF-8.
 *
 * <pre>
 *  to its standard input       backfill TAB --catalog TAB catalog.pb ... LF    run this job; in arguments \\, \t, \n, \r for backslash, tabulator and ends of lines
 *                              end LF                                          stop
 *  on its standard output,     RS tilefold-job 0 LF                            the job ended with this exit code; all that it printed is before it
 *  and again on its error output
 * </pre>
 *
 * RS is the control character 0x1e, "record separator": text for people has none.
 */
public final class JobLines {
    /** In place of a job: there is none any more. */
    public static final String END = "end";

    /** Begins a reply. */
    public static final char REPLY = 0x1e;

    /** Bytes of a reply at most, from {@link #REPLY} to the end of its line. */
    public static final int REPLY_LENGTH_MAX = 32;

    private static final String REPLY_WORD = "tilefold-job ";

    private JobLines() {}

    /** A request, without the end of its line. */
    public static String request(String job, List<String> arguments) {
        List<String> words = new ArrayList<>(List.of(escaped(job)));
        arguments.forEach(argument -> words.add(escaped(argument)));
        return String.join("\t", words);
    }

    /**
     * The job's name and its arguments.
     *
     * @throws IllegalArgumentException if the line is no request
     */
    public static List<String> words(String request) {
        List<String> words = new ArrayList<>();
        for (String word : request.split("\t", -1)) {
            words.add(unescaped(word));
        }
        return words;
    }

    /** A reply, with the end of its line. */
    public static String reply(int exitCode) {
        return REPLY + REPLY_WORD + exitCode + "\n";
    }

    /** The exit code that a reply says; empty if the text is none. */
    public static OptionalInt exitCode(String reply) {
        String head = REPLY + REPLY_WORD;
        if (!reply.startsWith(head) || !reply.endsWith("\n") || reply.length() > REPLY_LENGTH_MAX) {
            return OptionalInt.empty();
        }
        String number = reply.substring(head.length(), reply.length() - 1);
        return number.matches("-?\\d{1,9}") ? OptionalInt.of(Integer.parseInt(number)) : OptionalInt.empty();
    }

    private static String escaped(String word) {
        return word.replace("\\", "\\\\")
                .replace("\t", "\\t")
                .replace("\n", "\\n")
                .replace("\r", "\\r");
    }

    private static String unescaped(String word) {
        StringBuilder text = new StringBuilder(word.length());
        boolean isEscaped = false;
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (isEscaped) {
                text.append(named(c));
                isEscaped = false;
            } else if (c == '\\') {
                isEscaped = true;
            } else {
                text.append(c);
            }
        }
        if (isEscaped) {
            throw new IllegalArgumentException("a word of a request ends within an escape: \"" + word + "\"");
        }
        return text.toString();
    }

    private static char named(char escape) {
        return switch (escape) {
            case '\\' -> '\\';
            case 't' -> '\t';
            case 'n' -> '\n';
            case 'r' -> '\r';
            default -> throw new IllegalArgumentException("a request has no escape \\" + escape);
        };
    }
}
