package io.tilefold.batch.analyze;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tilefold.batch.analyze.Finding.Verdict;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

/** What all checks found, in their order, for people and for programs. Confined to one thread. */
final class Findings {
    /** Of a message. */
    private static final int LINE_LENGTH = 140;

    private static final String NEXT_LINE = System.lineSeparator() + " ".repeat("  WARNING  partitions  ".length());

    private final List<Finding> findings = new ArrayList<>();

    void add(Verdict verdict, String subject, String check, String message) {
        findings.add(new Finding(verdict, subject, check, message));
    }

    List<Finding> all() {
        return List.copyOf(findings);
    }

    long count(Verdict verdict) {
        return findings.stream().filter(finding -> finding.verdict() == verdict).count();
    }

    /** The worst of them. */
    Verdict verdict() {
        return count(Verdict.ERROR) > 0 ? Verdict.ERROR : count(Verdict.WARNING) > 0 ? Verdict.WARNING : Verdict.OK;
    }

    /** One line each (long lists take several), grouped by subject, and one for the sums. */
    void print(PrintStream out) {
        String subject = "";
        for (Finding finding : findings) {
            if (!finding.subject().equals(subject)) {
                subject = finding.subject();
                out.println(subject);
            }
            out.printf("  %-7s  %-10s  %s%n", finding.verdict(), finding.check(), wrapped(finding.message()));
        }
        out.printf(
                "%s: %d checks, %d warnings, %d errors%n",
                verdict(), findings.size(), count(Verdict.WARNING), count(Verdict.ERROR));
    }

    /** A message that is too long for a line is broken behind commas. */
    private static String wrapped(String message) {
        StringBuilder lines = new StringBuilder();
        int length = 0;
        for (String item : message.split("(?<=, )", -1)) {
            if (length > 0 && length + item.stripTrailing().length() > LINE_LENGTH) {
                lines.setLength(lines.length() - 1); // the blank
                lines.append(NEXT_LINE);
                length = 0;
            }
            lines.append(item);
            length += item.length();
        }
        return lines.toString();
    }

    /** {@code {"verdict":"WARNING","findings":[{"verdict":...,"subject":...,"check":...,"message":...}]}}. */
    String json() throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text).useDefaultPrettyPrinter()) {
            json.writeStartObject();
            json.writeStringField("verdict", verdict().name());
            json.writeArrayFieldStart("findings");
            for (Finding finding : findings) {
                json.writeStartObject();
                json.writeStringField("verdict", finding.verdict().name());
                json.writeStringField("subject", finding.subject());
                json.writeStringField("check", finding.check());
                json.writeStringField("message", finding.message());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return text.toString();
    }
}
