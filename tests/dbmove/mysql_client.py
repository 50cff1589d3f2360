"""The text protocol of MariaDB through libmariadb: what a SELECT really returns, as bytes. Debian has no client of
Python's that keeps them as they come."""
import ctypes

LIBRARY = "libmariadb.so.3"


class Session:
    def __init__(self, socket, database=None):
        self.c = ctypes.CDLL(LIBRARY)
        for name in ("mysql_init", "mysql_real_connect", "mysql_store_result", "mysql_fetch_row", "mysql_fetch_lengths"):
            getattr(self.c, name).restype = ctypes.c_void_p
        self.c.mysql_error.restype = ctypes.c_char_p
        self.handle = ctypes.c_void_p(self.c.mysql_init(None))
        self.c.mysql_options(self.handle, 7, b"utf8mb4")  # MYSQL_SET_CHARSET_NAME
        if not self.c.mysql_real_connect(self.handle, b"localhost", b"root", b"", database and database.encode(), 0,
                                         socket.encode(), ctypes.c_ulong(65536)):  # several statements at once
            raise RuntimeError(self.c.mysql_error(self.handle).decode())
        self.run("SET time_zone='+00:00', sql_mode='', NAMES utf8mb4")

    def close(self):
        self.c.mysql_close(self.handle)

    def run(self, sql):
        """Rows of the last result: tuples of bytes, None for NULL."""
        text = sql if isinstance(sql, bytes) else sql.encode("utf-8", "surrogateescape")
        if self.c.mysql_real_query(self.handle, text, ctypes.c_ulong(len(text))):
            raise RuntimeError(self.c.mysql_error(self.handle).decode() + ": " + text[:200].decode("utf-8", "replace"))
        rows = self._rows()
        while True:
            more = self.c.mysql_next_result(self.handle)
            if more > 0:
                raise RuntimeError(self.c.mysql_error(self.handle).decode() + ": " + text[:200].decode("utf-8", "replace"))
            if more < 0:
                return rows
            rows = self._rows()

    def _rows(self):
        result = self.c.mysql_store_result(self.handle)
        if not result:
            return []
        result = ctypes.c_void_p(result)
        count = self.c.mysql_num_fields(result)
        rows = []
        while True:
            row = self.c.mysql_fetch_row(result)
            if not row:
                break
            cells = ctypes.cast(row, ctypes.POINTER(ctypes.c_void_p))
            lengths = ctypes.cast(self.c.mysql_fetch_lengths(result), ctypes.POINTER(ctypes.c_ulong))
            rows.append(tuple(None if cells[i] is None else ctypes.string_at(cells[i], lengths[i]) for i in range(count)))
        self.c.mysql_free_result(result)
        return rows
