import { expect, it } from 'vitest';

import { snippets } from './snippets';

const BODY = '{"text": "it\'s"}';

it('names the key and never holds it', () => {
  for (const { text } of snippets('http://127.0.0.1:8000/score', true, BODY)) {
    expect(text).toContain('SERVICE_KEY');
    expect(text).toContain('http://127.0.0.1:8000/score');
  }
});

it('leaves the key out where none is wanted', () => {
  for (const { text } of snippets('http://127.0.0.1:8000/score', false, BODY)) {
    expect(text).not.toContain('SERVICE_KEY');
  }
});

it('quotes for the shell', () => {
  expect(snippets('http://h/score', false, BODY)[0].text).toContain(`-d '{"text": "it'\\''s"}'`);
});

// curl, Python and JavaScript are run against a live service by tests/browser/test_journey.py.
it.each([
  [
    'C#',
    `using System.Net.Http;
using System.Text;

using var client = new HttpClient();
client.DefaultRequestHeaders.Authorization =
    new("Bearer", Environment.GetEnvironmentVariable("SERVICE_KEY"));
var body = new StringContent("{\\"text\\": \\"it's\\"}", Encoding.UTF8, "application/json");
var response = await client.PostAsync("http://h/score", body);
Console.WriteLine(await response.Content.ReadAsStringAsync());
`
  ],
  [
    'Go',
    `package main

import (
\t"fmt"
\t"io"
\t"net/http"
\t"os"
\t"strings"
)

func main() {
\trequest, _ := http.NewRequest("POST", "http://h/score", strings.NewReader("{\\"text\\": \\"it's\\"}"))
\trequest.Header.Set("Content-Type", "application/json")
\trequest.Header.Set("Authorization", "Bearer "+os.Getenv("SERVICE_KEY"))
\tresponse, err := http.DefaultClient.Do(request)
\tif err != nil {
\t\tpanic(err)
\t}
\tdefer response.Body.Close()
\tanswer, _ := io.ReadAll(response.Body)
\tfmt.Println(response.Status, string(answer))
}
`
  ],
  [
    'Java',
    `import java.net.URI;
import java.net.http.*;

class Call {
    public static void main(String[] arguments) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://h/score"))
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer " + System.getenv("SERVICE_KEY"))
            .POST(HttpRequest.BodyPublishers.ofString("{\\"text\\": \\"it's\\"}"))
            .build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.statusCode() + " " + answer.body());
    }
}
`
  ]
])('is written in %s', (language, text) => {
  const found = snippets('http://h/score', true, BODY).find(each => each.language === language);
  expect(found?.text).toBe(text);
});
