//! The words of which people, places and jobs are made.

pub(crate) const FIRST: &str = "\
    Ada Aiko Alejandro Amara Amélie Andre Anneliese Ayşe Björn Bronagh Carlos Chidi Chloé \
    Dmitri Elena Emre Fatima Félix Gabriela George Giulia Hana Henrik Hiroshi Ines Isabella \
    Ivan Jack Jean-Luc José Jürgen Kamala Kenji Lars Leila Linh Liwei Łukasz Mads Maria Mbali \
    Mei Mohammed Nadia Ngozi Niamh Noah Olga Olumide Omar Pavel Petra Priya Quân Rajesh Renée \
    Rosa Sean Siobhán Sofia Søren Svetlana Tariq Thérèse Tomáš Ulrike Valentina Wanjiru Wei \
    Xiu Yara Yusuf Zainab Zoë";

pub(crate) const LAST: &str = "\
    Adeyemi Ahmed Almeida Andersson Bauer Becker Brown Castillo Chen Clark Cohen Díaz Dubois \
    Dvořák Evans Fernández Fischer García Goldberg González Gupta Hansen Hernández Hughes \
    Ivanova Jackson Johansson Jones Kamau Kaya Kim Kowalski Kumar Larsen Lee Lewis Li Lopez \
    MacArthur Martin McDonald Mensah Meyer Moore Müller Murphy Nguyen Novák Núñez O'Brien \
    O'Connor Okafor Østergård Owusu Park Patel Petrov Phạm Ramírez Rossi Santos Sato Schmidt \
    Sharma Silva Singh Smith Sørensen Suzuki Taylor Thompson Tran Van-Dijk Walker Wang White \
    Williams Wilson Wójcik Wright Yamamoto Yıldız Young Zhang Żak";

/// What stands before a family name; mostly nothing.
pub(crate) const PARTICLES: [&str; 16] = [
    "", "", "", "", "", "", "", "", "", "", "", "", "de la ", "von ", "van der ", "al-",
];

pub(crate) const DEPARTMENTS: [&str; 12] = [
    "Engineering",
    "Sales",
    "Marketing",
    "Finance",
    "People",
    "Legal",
    "Support",
    "Operations",
    "Research",
    "Security",
    "Facilities",
    "Procurement",
];

/// From the lowest to the highest.
pub(crate) const TITLES: [&str; 10] = [
    "Associate",
    "Analyst",
    "Specialist",
    "Engineer",
    "Senior Analyst",
    "Lead",
    "Manager",
    "Senior Manager",
    "Director",
    "Vice President",
];

/// A place where people work.
pub(crate) struct Site {
    pub(crate) country: &'static str,
    pub(crate) city: &'static str,
    pub(crate) phone: &'static str,
}

const fn site(country: &'static str, city: &'static str, phone: &'static str) -> Site {
    Site {
        country,
        city,
        phone,
    }
}

pub(crate) const SITES: [Site; 8] = [
    site("US", "Austin", "+1 512 555 "),
    site("GB", "London", "+44 20 7946 "),
    site("DE", "München", "+49 89 55 "),
    site("IN", "Pune", "+91 20 2555 "),
    site("BR", "São Paulo", "+55 11 5555 "),
    site("JP", "東京", "+81 3 5555 "),
    site("FR", "Paris", "+33 1 55 55 "),
    site("PL", "Kraków", "+48 12 555 "),
];
