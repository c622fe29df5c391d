package interop;

/** The engine does not implement what was asked: not a failure of the table. */
final class Unsupported extends RuntimeException {
  Unsupported(String message) {
    super(message);
  }
}
